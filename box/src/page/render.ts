import type { FailoverRecord, MemberStatus } from '@radondb/api';
import { type ClusterView, isTrue, type MemberView } from '../cluster/cluster-view.ts';
import { type Html, html } from './html.ts';
import { ms, renderTimeline, unavailableMs } from './timeline.ts';

/** As many changes of primary as are shown, newest first. */
const SHOWN = 12;

/** What changes while a person looks: everything between the page's head and foot. */
export function renderClusters(views: readonly ClusterView[]): string {
  if (views.length === 0) return html`<p class="empty">Starting…</p>`.html;
  return views.map((view) => renderCluster(view).html).join('');
}

function renderCluster(view: ClusterView): Html {
  const { cluster } = view;
  const status = cluster.status ?? {};
  const members = status.members ?? [];
  return html`<section>
    <header><h2>${cluster.metadata.name}</h2>${badges(view)}
      <dl class="facts">${fact('epoch', status.epoch ?? '–')}${fact('members', status.readyMembers ?? '–')}
      ${fact('primary', status.primary ?? 'none')}</dl></header>
    ${problems(view)}
    <div class="topology">${members.map((member) => memberCard(member, viewOf(view, member)))}</div>
    ${endpoints(view)}
    ${failovers(view.failovers)}
  </section>`;
}

function badges(view: ClusterView): Html {
  const badge = (type: string, words: readonly [string, string]): Html =>
    isTrue(view.cluster, type)
      ? html`<span class="badge good">${words[0]}</span>`
      : html`<span class="badge bad">${words[1]}</span>`;
  return html`${badge('Ready', ['Ready', 'Not ready'])}
    ${badge('Available', ['Takes writes', 'No writes'])}
    ${badge('Redundant', ['Can lose a member', 'No member to spare'])}`;
}

function problems(view: ClusterView): Html {
  const bad = (view.cluster.status?.conditions ?? []).filter((it) => {
    const wanted = ['Stalled', 'Reconciling', 'PendingRestart', 'Paused'].includes(it.type)
      ? 'False'
      : 'True';
    return it.status !== wanted && it.message !== '';
  });
  if (bad.length === 0) return html``;
  return html`<ul class="problems">${bad.map(
    (it) => html`<li><b>${it.type}</b> ${it.message} <code>${it.reason}</code></li>`,
  )}</ul>`;
}

function memberCard(member: MemberStatus, extra: MemberView | undefined): Html {
  const kind = cardKind(member, extra);
  const lag = member.role === 'primary' || member.lagMs === undefined ? '–' : ms(member.lagMs);
  const local = member.local;
  return html`<article class="member ${kind}">
    <h3>${member.name}<span class="role">${member.role}</span></h3>
    <p class="state"><i></i>${member.state}</p>
    <p class="why">${extra?.agentFailed === true ? extra.agent : member.why}</p>
    <dl>${fact('lag', lag)}${fact('connections', extra?.connections ?? '–')}
    ${fact('raft', extra?.raftRole ?? '–')}${fact('MySQL', member.version ?? '–')}
    ${fact('port', local?.mysqlPort ?? '–')}${fact('restarts', extra?.restarts ?? 0)}
    ${fact('mysqld pid', local?.mysqldPid ?? '–')}${fact('agent pid', local?.agentPid || '–')}</dl>
    ${member.errant === undefined ? html`` : html`<p class="errant">errant: <code>${member.errant}</code></p>`}
  </article>`;
}

function cardKind(member: MemberStatus, extra: MemberView | undefined): string {
  if (extra?.agentFailed === true || ['failed', 'unreachable'].includes(member.state)) return 'bad';
  if (member.state === 'primary') return 'primary';
  return member.state === 'following' ? 'good' : 'busy';
}

function endpoints(view: ClusterView): Html {
  const found = view.cluster.status?.endpoints;
  if (found === undefined) return html``;
  const { name } = view.cluster.metadata;
  return html`<div class="endpoints">
    <div><h4>Writes</h4><code>${found.primary}</code><small>follows the primary</small></div>
    <div><h4>Reads</h4><code>${found.replicas}</code><small>spreads over replicas</small></div>
    <div><h4>Connect</h4><code>npm exec radondb -- mysql ${name}</code><small>in the repository's folder</small></div>
  </div>`;
}

function failovers(records: readonly FailoverRecord[]): Html {
  const shown = records.slice(-SHOWN).reverse();
  if (shown.length === 0) return html``;
  // One scale for all that can be compared; a first start is minutes where a failover is a second.
  const longest = (kind: (it: FailoverRecord) => boolean): number =>
    Math.max(1, ...shown.filter(kind).map((it) => unavailableMs(it) ?? 0));
  const scale = longest((it) => it.kind !== 'bootstrap');
  const rows = shown.map((it, index) =>
    failoverRow(it, {
      scaleMs: it.kind === 'bootstrap' ? unavailableMs(it) || 1 : scale,
      isLatest: index === 0,
    }),
  );
  return html`<h4 class="timeline-title">Changes of primary</h4><ol class="timeline">${rows}</ol>`;
}

function failoverRow(
  record: FailoverRecord,
  options: { readonly scaleMs: number; readonly isLatest: boolean },
): Html {
  const total = unavailableMs(record);
  // An epoch that never opened was given up for the next one.
  const unfinished = options.isLatest ? 'going on' : 'given up';
  const at = new Date(record.noticedAtMs).toISOString();
  const who = record.from === null ? `${record.to ?? '…'}` : `${record.from} → ${record.to ?? '…'}`;
  return html`<li><div class="what"><span class="kind ${record.kind}">${record.kind}</span>
    <b>${who}</b><span class="cause" title="${record.cause}">${record.cause}</span>
    <time datetime="${at}">${at.slice(0, 19).replace('T', ' ')} UTC</time>
    <span class="epoch">epoch ${record.epoch}</span>
    <strong>${total === null ? unfinished : ms(total)}</strong></div>
    ${renderTimeline(record, options.scaleMs)}</li>`;
}

function fact(name: string, value: string | number): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function viewOf(view: ClusterView, member: MemberStatus): MemberView | undefined {
  return view.members.find((it) => it.name === member.name);
}
