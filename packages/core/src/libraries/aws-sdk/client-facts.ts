/** What is known of a client of the AWS SDK, for all its commands. */

import { readProperty } from '../../read-property.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import type { Operation } from '../operation.ts';

export class ClientFacts {
  /** With the region, as soon as it is known. */
  shared: SharedAttributes = new SharedAttributes(['rpc.system.name', 'aws-api']);
  private region: string | undefined = undefined;

  constructor(config: object) {
    const region = readProperty(config, 'region');
    // The SDK keeps what this function finds, and calls it for each command itself.
    if (typeof region === 'function') {
      void Promise.resolve(region.call(config)).then(
        (found) => this.noteRegion(found),
        () => {}, // the command fails because of it
      );
    } else this.noteRegion(region);
  }

  private noteRegion(region: unknown): void {
    if (typeof region !== 'string') return;
    this.region = region;
    this.shared = new SharedAttributes([...this.shared.list, 'cloud.region', region]);
  }

  /** The first command starts before the region is known. */
  setRegion(operation: Operation): void {
    operation.set('cloud.region', this.region);
  }
}
