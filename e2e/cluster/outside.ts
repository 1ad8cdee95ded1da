import { controlAddress, controlName, type Layout } from './layout.ts';
import { enterFlags } from './machine.ts';
import { type StartedProgram, startProgram } from './started-program.ts';

/** A program that runs beside a cluster, on a machine that is none of its nodes. */
export interface OutsideProgram extends StartedProgram {
  /** Where pods and nodes reach it. */
  readonly address: string;
}

/** Starts a program with the host's files in the network of the control machine, which is no node. */
export const startOutside = (layout: Layout, command: readonly string[]): OutsideProgram => ({
  address: controlAddress,
  ...startProgram('nsenter', [...enterFlags(layout, controlName, 'network'), ...command]),
});
