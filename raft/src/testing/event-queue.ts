/** Virtual time: events in order of time, and of being asked for when the time is the same. */
interface Timed {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const before = (a: Timed, b: Timed): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class EventQueue {
  #heap: Timed[] = [];
  #order = 0;
  /** Milliseconds. */
  now = 0;

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** At an absolute time: what is put off to the same moment keeps its order exactly. */
  at(time: number, run: () => void): void {
    this.#order += 1;
    const heap = this.#heap;
    const item = { at: time, order: this.#order, run };
    let i = heap.length;
    heap.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(item, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = item;
  }

  /** Runs the next event; false when there is none. */
  step(): boolean {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return false;
    if (heap.length > 0) this.#sink(last);
    this.now = first.at;
    first.run();
    return true;
  }

  #sink(item: Timed): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      const left = heap[2 * i + 1];
      const right = heap[2 * i + 2];
      const child = right !== undefined && left !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, item)) break;
      heap[i] = child;
      i = child === left ? 2 * i + 1 : 2 * i + 2;
    }
    heap[i] = item;
  }
}
