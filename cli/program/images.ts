// Commands on images: which of them consumers get, list, show, compare, retire.
import { type Command, Option } from 'commander';
import { about, format, positive, run } from './options.ts';

/** Adds promote, revoke and channels. */
export function addChannels(program: Command): void {
  about(program.command('promote'))
    .description(
      'puts an image into a channel (dev, staging, prod …): its parameter in every region shows it, or in none',
    )
    .argument('<image>', 'an AVAILABLE image: an ARN, name/version/build, or a name for the newest')
    .argument('<channel>', 'lower-case letters, digits, - _ and .')
    .option('--drop-regions', 'leave regions of the channel that the image is not in, instead of refusing')
    .addOption(format())
    .addHelpText(
      'after',
      '\nThe parameter is /images/<image name>/<channel>: consumers resolve it, pipelines name it as ssm:/images/….\nExit code: 0 every region shows the image, 1 it could not be moved, 2 the input is not right.',
    )
    .action(
      run(async (image: string, channel: string, options) =>
        (await import('../commands/promote.ts')).promote(image, channel, options),
      ),
    );

  about(program.command('revoke'))
    .description(
      'takes an image back: no channel has it, no build takes it as its parent, and who depends on it is listed',
    )
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .requiredOption('--reason <text>', 'what the record, the history and events say')
    .option('--withdraw', 'also take back the launch permissions that publishing gave its AMIs')
    .addOption(format())
    .addHelpText(
      'after',
      '\nChannels go back to the image they had last that may still be used. The same command again goes on where it was broken off.\nExit code: 0 it is done, 1 something could not be done yet, 2 the input is not right.',
    )
    .action(run(async (image: string, options) => (await import('../commands/revoke.ts')).revoke(image, options)));

  const channels = program.command('channels').description('which image each channel has');
  about(channels.command('list', { isDefault: true }))
    .description('lists channels with their image and since when')
    .argument('[image name]', 'only its channels')
    .addOption(format())
    .action(
      run(async (name: string | undefined, options) =>
        (await import('../commands/channels.ts')).listChannels(name, options),
      ),
    );
  about(channels.command('history'))
    .description('lists the changes of a channel, newest first: which image, from which, who and why')
    .argument('<image name>')
    .argument('<channel>')
    .addOption(format())
    .action(
      run(async (name: string, channel: string, options) =>
        (await import('../commands/channels.ts')).channelHistory(name, channel, options),
      ),
    );
}

/** Adds images and diff. */
export function addImages(program: Command): void {
  const images = program.command('images').description('the images that were built');
  about(images.command('list', { isDefault: true }))
    .description('lists images, newest first')
    .option('--limit <number>', 'at most this many', positive, 20)
    .addOption(format())
    .action(run(async (options) => (await import('../commands/images.ts')).listImages(options)));
  for (const [verb, action, what] of [
    ['deprecate', 'DEPRECATE', 'leaves its AMIs out of searches; they can still be launched'],
    ['disable', 'DISABLE', 'nobody can launch its AMIs any more, and whom they were shared with loses them'],
    ['restore', 'AVAILABLE', 'takes back what deprecate, disable or a lifecycle policy did; share it again yourself'],
    ['delete', 'DELETE', 'deregisters its AMIs in every region and account, and deletes their snapshots'],
  ] as const) {
    const command = about(images.command(verb))
      .description(`${what}; nothing that is in use is touched`)
      .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
      .option('--dry-run', 'say what would be done and why, and do nothing')
      .option('--reason <text>', 'what the record is to say');
    if (action === 'DELETE') command.option('--keep-snapshots', 'leave the snapshots where they are');
    command
      .addOption(format())
      .addHelpText('after', '\nExit code: 0 it was done (or would be), 1 something of it was not, and why is said.')
      .action(
        run(async (image: string, options) => (await import('../commands/retire.ts')).retire(image, action, options)),
      );
  }
  about(images.command('show'))
    .description('shows one image')
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .addOption(format())
    .action(run(async (image: string, options) => (await import('../commands/images.ts')).showImage(image, options)));

  about(images.command('inventory'))
    .description('lists the packages of one image')
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .addOption(
      new Option('--format <format>', 'text for people, json for programs, cyclonedx for a bill of materials (1.6)')
        .choices(['text', 'json', 'cyclonedx'])
        .default('text'),
    )
    .action(
      run(async (image: string, options) => (await import('../commands/inventory.ts')).showInventory(image, options)),
    );

  about(program.command('diff'))
    .description('shows what is different between two images: packages, parent image, components, tests, AMIs')
    .argument('<before>', 'an ARN, name/version/build, or a name for the newest')
    .argument('<after>', 'the same, of this or another name')
    .addOption(format())
    .action(
      run(async (before: string, after: string, options) =>
        (await import('../commands/diff.ts')).diff(before, after, options),
      ),
    );
  about(images.command('ancestry'))
    .description('shows what an image was made of, up to the first parent, and which images were made of it')
    .argument('<image>', 'an ARN, name/version/build, or a name for the newest')
    .addOption(format())
    .action(
      run(async (image: string, options) => (await import('../commands/ancestry.ts')).showAncestry(image, options)),
    );
}
