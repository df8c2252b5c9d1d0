import type { ProblemRule } from './rule.ts';

const FIELD = 'spec.accounts.namespaces.selector';

export const checkAccountNamespaces: ProblemRule = ({ spec }) => {
  const { from, selector } = spec.accounts.namespaces;
  if (from === 'Selector' && selector === undefined) {
    return [
      {
        field: FIELD,
        reason: 'FieldValueRequired',
        message: 'must say which namespaces, or set from to Same or All',
      },
    ];
  }
  if (from === 'Selector' || selector === undefined) return [];
  return [
    {
      field: FIELD,
      reason: 'FieldValueForbidden',
      message: `goes with from: Selector, not ${from}: remove one of them`,
    },
  ];
};
