import { type BoxLayout, type ClusterView, clusterLayout } from '@radondb/box';
import { type Context, dataArgument, quote } from '../context.ts';

/** What a person does next: lines to paste. */
export function connectHelp(
  context: Context,
  layout: BoxLayout,
  view: ClusterView,
  page: string | null,
): readonly string[] {
  const { name } = view.cluster.metadata;
  const { status } = view.cluster;
  const data = dataArgument(context, layout);
  const primary = status?.members?.find((it) => it.name === status.primary);
  const mysqld = primary?.local?.mysqldPid;
  const agent = primary?.local?.agentPid;
  const lines: [string, string][] = [
    ['Connect', `npm exec radondb -- mysql ${name}${data}`],
    ['  or', `mysql --defaults-file=${quote(clusterLayout(layout, name).clientFile)}`],
    ['  as a program', `npm exec radondb -- credentials ${name} --format dsn${data}`],
    ['Endpoints', `${status?.endpoints?.primary} (writes)  ${status?.endpoints?.replicas} (reads)`],
  ];
  if (page !== null) lines.push(['Status page', page]);
  if (mysqld !== undefined) {
    lines.push(['Kill the primary', `kill -9 ${mysqld}`]);
    lines.push(['  and its agent', `kill -9 ${agent} ${mysqld}`]);
  }
  lines.push(['kubectl', `kubectl --kubeconfig ${quote(layout.kubeconfig)} get myc,pods`]);
  lines.push(['Move the primary', `npm exec radondb -- switchover ${name}${data}`]);
  return lines.map(([what, how]) => `  ${context.terminal.paint('dim', what.padEnd(17))} ${how}`);
}
