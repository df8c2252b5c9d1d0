/** The commands of the membership files: one membership a file, changed step by step. */
import {
  type ChangerInput,
  ConfChangeError,
  EMPTY_MEMBERSHIP,
  enterJoint,
  Inflights,
  leaveJoint,
  simpleChange,
  sortedIds,
  viewProgress,
} from '@radondb/raft/core';
import type { Directive } from './datadriven.ts';
import { parseChanges } from './interaction.ts';
import { CONF_CHANGE_ERRORS } from './names.ts';
import { printMembership, printProgress } from './printers.ts';

export class ConfChangeEnvironment {
  #input: ChangerInput = {
    membership: EMPTY_MEMBERSHIP,
    progress: new Map(),
    lastIndex: 0,
    newInflights: () => new Inflights(10, 0),
  };

  execute(directive: Directive): string {
    try {
      this.#input = { ...this.#input, ...this.#change(directive) };
      const { membership, progress } = this.#input;
      const lines = sortedIds(progress.keys()).map((id) => {
        const one = progress.get(id);
        return one === undefined ? '' : `${id}: ${printProgress(viewProgress(one))}\n`;
      });
      return `${printMembership(membership)}\n${lines.join('')}`;
    } catch (error) {
      if (!(error instanceof ConfChangeError)) throw error;
      return CONF_CHANGE_ERRORS[error.code];
    } finally {
      this.#input = { ...this.#input, lastIndex: this.#input.lastIndex + 1 };
    }
  }

  #change({ command, args, input }: Directive): Pick<ChangerInput, 'membership' | 'progress'> {
    const changes = parseChanges(input);
    const autoLeave = args.find(({ key }) => key === 'autoleave')?.values[0] === 'true';
    if (command === 'simple') return simpleChange(this.#input, changes);
    if (command === 'enter-joint') return enterJoint(this.#input, changes, autoLeave);
    if (command === 'leave-joint') return leaveJoint(this.#input);
    throw new Error(`unknown command ${command}`);
  }
}
