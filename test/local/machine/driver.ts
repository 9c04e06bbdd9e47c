// Boots an instance in a process of its own, or only probes, for tests of how such a process ends: prints one line and waits.
import { machine } from '../../../local/machine/machine.ts';

const [directory = '', task = ''] = process.argv.slice(2);
try {
  const room = machine({ directory, hidden: [] });
  if (task === 'probe') {
    await room.probe().finally(() => room.stop());
    console.log('probed');
  } else {
    await room.createDisk('i-driven');
    const boot = await room.boot('i-driven', 'host');
    console.log(boot.process);
    if (task === 'run') {
      await room.run(boot, 'run', {
        text: 'sleep 3131',
        directory: '/run/run',
        workingDirectory: '/',
        environment: { SSM_COMMAND_ID: 'driven' },
        stdout: () => {},
        stderr: () => {},
      });
    }
    await new Promise(() => setInterval(() => {}, 60_000));
  }
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error);
}
