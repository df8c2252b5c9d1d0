import { STYLE } from './style.ts';

/** Replaces what changed. A page that lost its box says so and tries again by itself. */
const SCRIPT = `
const main = document.querySelector('main');
const live = document.getElementById('live');
const events = new EventSource('/events');
const show = (text, kind) => { live.textContent = text; live.className = kind; };
events.addEventListener('update', (event) => {
  const html = JSON.parse(event.data);
  if (main.dataset.last !== html) { main.innerHTML = html; main.dataset.last = html; }
  show('live', 'good');
});
events.addEventListener('error', () => show('the box does not answer', 'bad'));
`;

/** The whole page as it is first sent; `nonce` lets its own style and script run and nothing else. */
export function renderDocument(body: string, nonce: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>RadonDB MySQL</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style nonce="${nonce}">${STYLE}</style></head>
<body><div class="top"><h1>RadonDB MySQL</h1><span id="live">connecting</span></div>
<main>${body}</main>
<footer>Read-only, on this machine only. <code>radondb status</code> shows the same in a terminal.</footer>
<script nonce="${nonce}">${SCRIPT}</script></body></html>
`;
}
