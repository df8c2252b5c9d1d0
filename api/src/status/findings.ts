import { CONDITION_TYPES } from '../conditions.ts';
import type { ClusterView, ConditionDraft } from './view.ts';

const OURS: ReadonlySet<string> = new Set(Object.values(CONDITION_TYPES));

/**
 * The members' findings as conditions, one a type: `demo-1: …; demo-2: …`. When members disagree the
 * one that says True wins: findings are named after what is wrong. Types that are computed from all
 * members together are left to that.
 */
export function conditionsOfFindings(view: ClusterView): readonly ConditionDraft[] {
  const drafts = new Map<string, ConditionDraft>();
  for (const [member, report] of view.members) {
    for (const finding of report?.findings ?? []) {
      if (OURS.has(finding.type)) continue;
      const message = `${member}: ${finding.message}`;
      const known = drafts.get(finding.type);
      if (known === undefined || (known.status === 'False' && finding.status === 'True')) {
        drafts.set(finding.type, { ...finding, message });
      } else if (known.status === finding.status) {
        drafts.set(finding.type, { ...known, message: `${known.message}; ${message}` });
      }
    }
  }
  return [...drafts.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}
