// Parameter Store in memory, for parameters that hold AMI ids: what is put shows some time after the answer, or never.
import { fault } from '../../shared/aws/fault.ts';
import type { PublishedParameters } from '../../shared/aws/published-parameters.ts';
import { awsError, type FakeEc2 } from './fake-ec2.ts';

type Parameter = { value: string; type: string; dataType: string };

export class FakeParameters {
  calls: string[] = [];
  /** By region and name. */
  kept = new Map<string, Parameter>();
  /** Answers a code to refuse a call with. */
  refuse: (call: string) => string | undefined = () => undefined;
  /** Milliseconds after which a value that was put shows. */
  delay = () => 300;
  /** What was put and does not show yet; nothing calls it back. */
  #coming: { key: string; value: string; at: number }[] = [];
  #ec2: Pick<FakeEc2, 'amis'>;
  #now: () => number;

  constructor(ec2: Pick<FakeEc2, 'amis'>, now: () => number) {
    this.#ec2 = ec2;
    this.#now = now;
  }

  /** What a parameter holds, by region. */
  values(name: string, regions: string[]): (string | undefined)[] {
    this.#arrive();
    return regions.map((region) => this.kept.get(`${region} ${name}`)?.value);
  }

  #call(call: string): void {
    this.calls.push(call);
    this.#arrive();
    const code = this.refuse(call);
    if (code) throw fault(`Tried ${call}`, awsError(code));
  }

  #arrive(): void {
    const arrived = this.#coming.filter(({ at }) => at <= this.#now()).sort((a, b) => a.at - b.at);
    this.#coming = this.#coming.filter((one) => !arrived.includes(one));
    for (const { key, value } of arrived)
      if (this.#ec2.amis.some(({ id, state }) => id === value && state === 'available'))
        this.kept.set(key, { value, type: 'String', dataType: 'aws:ec2:image' });
  }

  of = (region: string): PublishedParameters => ({
    find: async (name) => {
      this.#call(`find ${name} in ${region}`);
      return this.kept.get(`${region} ${name}`);
    },
    put: async (name, value) => {
      this.#call(`put ${name} in ${region}`);
      this.#coming.push({ key: `${region} ${name}`, value, at: this.#now() + this.delay() });
    },
    remove: async (name) => {
      this.#call(`delete ${name} in ${region}`);
      return this.kept.delete(`${region} ${name}`) ? 'released' : 'gone';
    },
  });
}
