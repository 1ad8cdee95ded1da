import { type Cell, renderTable } from '../../terminal/table.ts';
import { type Paint, stdoutPaint } from '../../terminal/terminal.ts';
import { formOf, printValue } from '../answer.ts';
import { withCluster } from '../open-cluster.ts';
import type { RunVerb } from '../verb.ts';
import { checks } from './checks.ts';
import { type Facts, gatherFacts } from './facts.ts';
import { type Finding, type Level, sortFindings } from './finding.ts';

const marks: Readonly<Record<Level, Cell>> = {
  wrong: { text: '✖', color: 'red' },
  warning: { text: '!', color: 'yellow' },
  unknown: { text: '?', color: 'dim' },
  fine: { text: '✔', color: 'green' },
};

export const judge = (facts: Facts): readonly Finding[] =>
  sortFindings([...checks.flatMap((check) => check(facts)), ...facts.unknown]);

/** One line a finding, and what to do below it; the worst first. */
export const renderFindings = (findings: readonly Finding[], paint: Paint): readonly string[] => {
  const [, ...lines] = renderTable(
    ['', '', '', ''],
    findings.map(({ level, check, about, message }) => [marks[level], check, about, message]),
    paint,
  );
  const withRemedies = lines.flatMap((line, index) => {
    const remedy = findings[index]?.remedy;
    return remedy === undefined ? [line] : [line, `    do: ${remedy}`];
  });
  const count = (level: Level): number => findings.filter((one) => one.level === level).length;
  const sum = `${count('wrong')} wrong, ${count('warning')} to look at, ${count('unknown')} not looked at, ${count('fine')} fine`;
  return [...withRemedies, '', sum];
};

/** Exit code 1 where something is wrong. */
export const runDoctor: RunVerb = ({ name, options }) =>
  withCluster(options, async (cluster) => {
    const form = formOf(options.output, ['table', 'json', 'yaml'], 'findings');
    const findings = judge(await gatherFacts(cluster, name));
    if (form === 'table') console.log(renderFindings(findings, stdoutPaint()).join('\n'));
    else printValue(form, findings);
    process.exitCode = findings.some(({ level }) => level === 'wrong') ? 1 : 0;
  });
