import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Contender } from './contender.ts';
import { inotifywait } from './contenders/inotifywait.ts';
import { lsyncd, lsyncdGathering } from './contenders/lsyncd.ts';
import { rsyncFloor } from './contenders/rsync-floor.ts';
import { syncreplica, syncreplicaHistory } from './contenders/syncreplica.ts';

import { describeMachine } from './measure/machine.ts';
import { runInOwnNetwork } from './network/own-network.ts';
import { startTargetNetwork } from './network/target-network.ts';
import { runWorkload } from './run-workload.ts';
import { type Measured, makeTable } from './table.ts';
import type { Figures } from './workload.ts';
import { allWorkloads } from './workloads.ts';

const allContenders = [syncreplica, lsyncd, lsyncdGathering, inotifywait, rsyncFloor];
const onRequest = [syncreplicaHistory];
const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const marks = ['<!-- table: npm run bench -->', '<!-- /table -->'] as const;
const millionMarks = ['<!-- table: npm run bench -- --million -->', '<!-- /million -->'] as const;
const undoMarks = ['<!-- table: npm run bench -- --undo -->', '<!-- /undo -->'] as const;
const readersMarks = ['<!-- table: npm run bench -- --readers -->', '<!-- /readers -->'] as const;
const planeMarks = ['<!-- table: npm run bench -- --control-plane -->', '<!-- /control-plane -->'] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    contender: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean' },
    directory: { type: 'string', default: tmpdir() },
    'control-plane': { type: 'boolean', default: false },
    replicas: { type: 'string', default: '1000' },
    strangers: { type: 'string' },
    million: { type: 'boolean', default: false },
    undo: { type: 'boolean', default: false },
    files: { type: 'string' },
    memory: { type: 'string', default: '256' },
    readers: { type: 'string' },
    'fan-out': { type: 'string', default: '16' },
    help: { type: 'boolean', default: false },
  },
});

function chosen<T extends { readonly name: string }>(all: readonly T[], names: readonly string[]): T[] {
  for (const name of names) {
    if (!all.some((one) => one.name === name))
      throw new Error(`bench: no ${name}; there are ${all.map((one) => one.name).join(', ')}`);
  }
  return all.filter((one) => names.length === 0 || names.includes(one.name));
}

async function main(): Promise<void> {
  if (values.help) {
    console.log('npm run bench -- [WORKLOAD]… [--contender NAME]… [--quick] [--write] [--directory DIR]');
    console.log('npm run bench -- --control-plane [FIGURE]… [--replicas N] [--strangers N] [--memory MIB] [--write]');
    console.log('npm run bench -- --million [STORY]… [--files N] [--memory MIB] [--directory DIR] [--write]');
    console.log('npm run bench -- --undo [FIGURE]… [--files N] [--directory DIR] [--write]');
    console.log('npm run bench -- --readers N [--fan-out N] [--files N] [--directory DIR] [--write]');
    console.log(`workloads: ${allWorkloads.map(({ name }) => name).join(', ')}`);
    console.log(`contenders: ${allContenders.map(({ name }) => name).join(', ')}`);
    console.log(`on request: ${onRequest.map(({ name }) => name).join(', ')}`);
    return;
  }
  if (values['control-plane']) return benchControlPlane();
  if (values.million) return benchMillion();
  if (values.undo) return benchUndo();
  if (values.readers !== undefined) return benchReaders(Number(values.readers));
  const { quick } = values;
  const contenders: Contender[] = [];
  for (const contender of values.contender.length === 0
    ? allContenders
    : chosen([...allContenders, ...onRequest], values.contender)) {
    const missing = await contender.missing();
    if (missing === undefined) contenders.push(contender);
    else console.log(`${contender.name} is left out: ${missing}`);
  }
  // Before: what is installed comes from outside.
  const ended = runInOwnNetwork();
  if (ended !== undefined) process.exit(ended);
  const network = await startTargetNetwork();
  const machine = describeMachine(values.directory);
  const isWhole = positionals.length === 0 && values.contender.length === 0 && !quick;
  const isWritten = values.write ?? isWhole;
  const measured: Measured[] = [];
  for (const workload of chosen(allWorkloads, positionals)) {
    const figures = new Map<string, Figures>();
    for (const contender of contenders) {
      const outcome = await runWorkload(workload, contender, { directory: values.directory, network, quick }).catch(
        (error: Error): Figures => {
          console.error(`${workload.name}, ${contender.name}: ${error.message}`);
          return {};
        },
      );
      figures.set(contender.name, outcome);
      console.log(`${workload.name}, ${contender.name}: ${JSON.stringify(outcome)}`);
    }
    measured.push({ workload, figures });
    // Row by row, so that a run that is ended early leaves what it has measured.
    if (isWritten) writePage(makeReport(measured, contenders, machine));
  }
  console.log(`\n${makeReport(measured, contenders, machine)}`);
}

async function benchControlPlane(): Promise<void> {
  const ended = runInOwnNetwork();
  if (ended !== undefined) process.exit(ended);
  const { measureControlPlane, measureNames } = await import('./control-plane/measure.ts');
  for (const name of positionals)
    if (!measureNames.includes(name)) throw new Error(`bench: no ${name}; there are ${measureNames.join(', ')}`);
  const replicas = Number(values.replicas);
  const strangers = Number(values.strangers ?? replicas * 20);
  const report = await measureControlPlane({ replicas, strangers, memoryMiB: Number(values.memory) }, positionals);
  console.log(`\n${report}`);
  if (values.write ?? (replicas >= 1_000 && positionals.length === 0)) writePage(report, planeMarks);
}

async function benchMillion(): Promise<void> {
  const { measureMillion, storyNames } = await import('./million/measure-million.ts');
  for (const name of positionals)
    if (!storyNames.includes(name)) throw new Error(`bench: no ${name}; there are ${storyNames.join(', ')}`);
  const files = Number(values.files ?? 1_000_000);
  const { directory } = values;
  const report = await measureMillion({ files, memoryMiB: Number(values.memory), directory }, positionals);
  console.log(`\n${report}`);
  if (values.write ?? (files >= 1_000_000 && positionals.length === 0)) writePage(report, millionMarks);
}

async function benchUndo(): Promise<void> {
  const { figureNames, measureUndo } = await import('./undo/measure-undo.ts');
  for (const name of positionals)
    if (!figureNames.includes(name)) throw new Error(`bench: no ${name}; there are ${figureNames.join(', ')}`);
  const files = values.files === undefined ? undefined : Number(values.files);
  const report = await measureUndo({ directory: values.directory, files }, positionals);
  console.log(`\n${report}`);
  if (values.write ?? (files === undefined && positionals.length === 0)) writePage(report, undoMarks);
}

async function benchReaders(readers: number): Promise<void> {
  const ended = runInOwnNetwork();
  if (ended !== undefined) process.exit(ended);
  const { measureReaders } = await import('./readers/measure-readers.ts');
  const { directory } = values;
  const [fanOut, files] = [Number(values['fan-out']), Number(values.files ?? 200)];
  const report = await measureReaders({ readers, fanOut, files, directory });
  console.log(`\n${report}`);
  if (values.write ?? (readers >= 50 && files >= 200)) writePage(report, readersMarks);
}

function makeReport(
  measured: readonly Measured[],
  contenders: readonly Contender[],
  machine: readonly string[],
): string {
  const about = contenders.map((contender) => `- ${contender.name}: ${contender.about}`);
  const machineLines = machine.map((line) => `- ${line}`);
  const table = makeTable(measured, contenders);
  return [table, '', 'In brackets: how many times ours.', '', ...about, '', ...machineLines].join('\n');
}

function writePage(report: string, [opening, closing]: readonly [string, string] = marks): void {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(opening), text.indexOf(closing)];
  if (begin < 0 || end < 0) throw new Error(`write ${page}: it has no place for the table`);
  const day = new Date().toISOString().slice(0, 10);
  const middle = `\n\n\`npm run bench\`, ${day}\n\n${report}\n\n`;
  writeFileSync(page, text.slice(0, begin + opening.length) + middle + text.slice(end));
}

await main();
process.exit(0);
