import { Argument, type Command } from 'commander';
import type { CompletedCommand } from './completion-scripts.ts';

/** Prints what a shell completes, by what the program has. */
export const addCompletion = (program: Command): void => {
  const shells = ['bash', 'zsh', 'fish', 'kubectl'] as const;
  const command = program.command('completion').description('print the completion of a shell');
  command
    .addArgument(new Argument('<shell>').choices(shells))
    .exitOverride()
    .action(async (shell: (typeof shells)[number]) => {
      const { completionScripts } = await import('./completion-scripts.ts');
      console.log(completionScripts[shell](program.name().replace(' ', '-'), program.commands.map(completed)));
    });
};

const completed = (command: Command): CompletedCommand => {
  const [first] = command.registeredArguments;
  return {
    name: command.name(),
    description: command.description(),
    flags: command.options.flatMap(({ long, description, required }) =>
      long ? [{ long, takesValue: required, help: description }] : [],
    ),
    takesReplica: first?.name() === 'name',
    words: first?.argChoices ?? [],
  };
};
