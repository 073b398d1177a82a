import { describeDisk } from '../../../test/compliance/disk.ts';
import { SimContent } from './sim-content.ts';
import { World } from './world.ts';

describeDisk('the simulator’s disk', () => {
  const world = new World({ seed: 1 });
  const content = world.addContent(new SimContent({ length: 300_000, pieceLength: 65_536 }));
  let last = 0;
  return {
    disk: world.addHost().disk,
    content,
    newFolder: () => `/folder ${++last}`,
    settle: promise => world.settle(promise),
  };
});
