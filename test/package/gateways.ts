// The gateways that bundled-requests.test.ts calls from the sources and from a bundle.
export { amisOf } from '../../shared/aws/amis.ts';
export { bucketsFrom } from '../../shared/aws/buckets.ts';
export { exportsOf } from '../../shared/aws/exports.ts';
export { instancesOf } from '../../shared/aws/instances.ts';
export { keysOf } from '../../shared/aws/keys.ts';
export { launchTemplatesOf } from '../../shared/aws/launch-templates.ts';
