/** The page's whole style: two palettes, no asset from anywhere. */
export const STYLE = `
:root {
  --bg: #f6f7f9; --card: #fff; --text: #1b2230; --dim: #667085; --line: #e3e7ee;
  --good: #12875a; --good-bg: #e3f5ec; --bad: #c4320a; --bad-bg: #fdeae3; --busy: #9a6700; --busy-bg: #fdf3d7;
  --accent: #2f5bea; --accent-bg: #e8eefe;
  --s0: #2f5bea; --s1: #12a1a1; --s2: #8a5cf6; --s3: #e0902f; --s4: #d6409f; --s5: #3c9a5f; --s6: #b8552b; --s7: #5f6b7a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0e1218; --card: #171d26; --text: #e6eaf1; --dim: #93a0b4; --line: #283140;
    --good: #4fcf98; --good-bg: #12301f; --bad: #ff8a66; --bad-bg: #3a1c12; --busy: #f0c14b; --busy-bg: #33290c;
    --accent: #8aa9ff; --accent-bg: #1b2748;
    --s0: #6f93ff; --s1: #38c6c6; --s2: #ab8bff; --s3: #f0ae5b; --s4: #ee74bf; --s5: #63c487; --s6: #dd8358; --s7: #8b98aa;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 1180px; background: var(--bg); color: var(--text);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
code, time, dd, .epoch { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 12.5px; }
h1, h2, h3, h4, p, dl, dd, ul, ol { margin: 0; padding: 0; }
h1 { font-size: 17px; } h2 { font-size: 22px; letter-spacing: -.01em; } h4 { font-size: 12px; color: var(--dim); font-weight: 600; }
.top { display: flex; justify-content: space-between; align-items: center; margin-bottom: 18px; color: var(--dim); }
#live { font-size: 12px; } #live.good { color: var(--good); } #live.bad { color: var(--bad); }
#live.good::before { content: "● "; }
section { margin-bottom: 40px; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; margin-bottom: 14px; }
.badge { padding: 2px 10px; border-radius: 99px; font-size: 12px; font-weight: 600; }
.badge.good { color: var(--good); background: var(--good-bg); } .badge.bad { color: var(--bad); background: var(--bad-bg); }
.facts { display: flex; gap: 22px; margin-left: auto; }
dt { color: var(--dim); font-size: 11.5px; } dd { overflow-wrap: anywhere; }
.problems { list-style: none; margin: 0 0 14px; padding: 10px 14px; border-radius: 10px; background: var(--bad-bg); }
.problems code { color: var(--dim); }
.topology { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 14px; }
.member { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--dim); border-radius: 12px; padding: 14px 16px; }
.member h3 { display: flex; justify-content: space-between; align-items: baseline; font-size: 15px; }
.role { font-size: 12px; font-weight: 500; color: var(--dim); }
.member.primary { border-left-color: var(--accent); } .member.primary .role { color: var(--accent); font-weight: 700; }
.member.good { border-left-color: var(--good); } .member.busy { border-left-color: var(--busy); } .member.bad { border-left-color: var(--bad); }
.state { font-weight: 600; margin-top: 2px; }
.state i { display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 7px; background: currentColor; }
.primary .state { color: var(--accent); } .good .state { color: var(--good); } .busy .state { color: var(--busy); } .bad .state { color: var(--bad); }
.why { color: var(--dim); min-height: 42px; overflow-wrap: anywhere; }
.member dl { display: grid; grid-template-columns: repeat(4, auto); gap: 8px 14px; margin-top: 10px; padding-top: 10px; border-top: 1px solid var(--line); }
.errant { color: var(--bad); margin-top: 8px; overflow-wrap: anywhere; }
.endpoints { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 14px; margin: 14px 0 26px; }
.endpoints > div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 16px; }
.endpoints code { display: block; font-size: 14px; } .endpoints small { color: var(--dim); }
.timeline-title { margin-bottom: 8px; }
.timeline { list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.timeline li { padding: 12px 16px; } .timeline li + li { border-top: 1px solid var(--line); }
.what { display: grid; grid-template-columns: auto auto minmax(0, 1fr) auto auto minmax(80px, auto); align-items: baseline; gap: 4px 12px; margin-bottom: 8px; }
.what strong { text-align: right; font-size: 15px; } .what time { color: var(--dim); }
.cause { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cause, .epoch { color: var(--dim); }
.kind { padding: 0 8px; border-radius: 6px; font-size: 12px; font-weight: 600; background: var(--accent-bg); color: var(--accent); }
.kind.failover { background: var(--busy-bg); color: var(--busy); } .kind.bootstrap { background: var(--good-bg); color: var(--good); }
svg { display: block; width: 100%; height: 14px; border-radius: 4px; background: var(--bg); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin-top: 6px; font-size: 12px; color: var(--dim); }
.legend b { color: var(--text); font-weight: 600; } .legend i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 5px; }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); } .s4 { fill: var(--s4); } .s5 { fill: var(--s5); } .s6 { fill: var(--s6); } .s7 { fill: var(--s7); }
.b0 { background: var(--s0); } .b1 { background: var(--s1); } .b2 { background: var(--s2); } .b3 { background: var(--s3); } .b4 { background: var(--s4); } .b5 { background: var(--s5); } .b6 { background: var(--s6); } .b7 { background: var(--s7); }
.empty { color: var(--dim); } footer { color: var(--dim); font-size: 12px; }
@media (max-width: 760px) { .what { display: flex; flex-wrap: wrap; } body { padding: 14px; } .facts { margin-left: 0; width: 100%; } .member dl { grid-template-columns: repeat(2, auto); } }
`;
