import { type BoxClient, type BoxLayout, connectBox, NotFoundError } from '@radondb/box';

/** The running box. @throws NotFoundError that says how to start one. */
export async function requireBox(layout: BoxLayout): Promise<BoxClient> {
  const client = await connectBox(layout);
  if (client !== null) return client;
  throw new NotFoundError(`Nothing is running on ${layout.root}: start it with "radondb up"`);
}
