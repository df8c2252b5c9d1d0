/** The package under test, from one place. */
export * from '@radondb/webhook';
