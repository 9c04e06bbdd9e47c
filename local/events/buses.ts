// Event buses by account and region, their rules, and the way of an event through them to its targets.
import { randomUUID } from 'node:crypto';
import type { Bus, BusEvent, Cloud } from '../cloud.ts';
import type { Hooks } from '../hooks.ts';
import { AwsError } from '../service.ts';
import { checkTarget, makeRule, type Rule, type RuleSettings, type Target } from './rule.ts';
import { repeat, ruleSchedule } from './schedule.ts';
import { targetInput } from './target-input.ts';

/** Hands a payload to a target by its ARN, for each service that can be one; throws or rejects when there is no such target. */
export type Deliveries = Record<string, (arn: string, payload: string, rule: { arn: string }) => unknown>;

/** Whether a bus of another account takes an event that a rule forwards with this role. */
export type Admits = (roleArn: string, busArn: string, event: DeliveredEvent) => boolean;

export type BusAddress = { accountId: string; region: string; name: string };

export type DeliveredEvent = Record<string, unknown> & { id: string };

export type EventBus = {
  arn: string;
  rules: Map<string, Rule>;
  schedules: Map<string, AbortController>;
  created: number;
  fromStack: boolean;
};

const mostHops = 5;

export class EventBuses implements Bus {
  readonly #clock: Cloud['clock'];
  readonly #deliveries: Deliveries;
  readonly #undelivered: (target: Target, ruleArn: string, payload: string, error: unknown) => void;
  readonly #admits: Admits;
  readonly #carry: NonNullable<Hooks['carry']>;
  readonly #buses = new Map<string, { address: BusAddress; bus: EventBus }>();

  /** `undelivered` is told of every event that its target did not take. */
  constructor(
    clock: Cloud['clock'],
    deliveries: Deliveries,
    undelivered: (target: Target, ruleArn: string, payload: string, error: unknown) => void,
    carry: Hooks['carry'] = (_, deliver) => setImmediate(deliver),
    admits: Admits = () => true,
  ) {
    this.#admits = admits;
    this.#carry = carry;
    this.#clock = clock;
    this.#deliveries = deliveries;
    this.#undelivered = undelivered;
  }

  has(address: BusAddress): boolean {
    return address.name === 'default' || this.#buses.has(key(address));
  }

  /** Every region has a default bus; others are there once they were made. */
  find(address: BusAddress): EventBus {
    const found = this.#buses.get(key(address));
    if (found) return found.bus;
    if (address.name === 'default') return this.create(address, true);
    throw new AwsError('ResourceNotFoundException', `Event bus ${address.name} does not exist.`);
  }

  create({ accountId, region, name }: BusAddress, fromStack: boolean): EventBus {
    const address = { accountId, region, name };
    const created = this.#clock.now();
    const bus: EventBus = { arn: busArn(address), rules: new Map(), schedules: new Map(), created, fromStack };
    this.#buses.set(key(address), { address, bus });
    return bus;
  }

  remove(address: BusAddress): void {
    for (const name of [...this.find(address).rules.keys()]) this.removeRule(address, name);
    this.#buses.delete(key(address));
  }

  all(): { address: BusAddress; bus: EventBus }[] {
    return [...this.#buses.values()];
  }

  putRule(address: BusAddress, settings: RuleSettings, targets: Target[] | undefined, fromStack: boolean): Rule {
    const bus = this.find(address);
    const rule = makeRule(settings, targets ?? bus.rules.get(settings.Name)?.targets ?? [], fromStack);
    const times = rule.ScheduleExpression ? ruleSchedule(rule.ScheduleExpression) : undefined;
    for (const target of rule.targets) this.checkTarget(address, rule.Name, target);
    this.removeRule(address, rule.Name);
    bus.rules.set(rule.Name, rule);
    if (times && rule.State === 'ENABLED') {
      const schedule = new AbortController();
      bus.schedules.set(rule.Name, schedule);
      void repeat(this.#clock, times, () => this.#tick(address, rule), schedule.signal);
    }
    return rule;
  }

  removeRule(address: BusAddress, name: string): void {
    const bus = this.find(address);
    bus.schedules.get(name)?.abort();
    bus.schedules.delete(name);
    bus.rules.delete(name);
  }

  checkTarget(address: BusAddress, rule: string, target: Target): void {
    checkTarget(target, { region: address.region, name: rule }, [...Object.keys(this.#deliveries), 'events']);
  }

  put({ bus = 'default', ...event }: BusEvent): void {
    this.publishAt({ accountId: event.account, region: event.region, name: bus }, event);
  }

  /** Puts an event on a bus, which need not be in the event's own account and region; answers its id. */
  publishAt(address: BusAddress, event: Omit<BusEvent, 'bus'>, time = this.#clock.now()): string {
    const id = randomUUID();
    this.#route(address, { version: '0', id, ...event, time: timeText(time) }, 0);
    return id;
  }

  /** Ends the schedules; events are still taken. */
  stop(): void {
    for (const { bus } of this.#buses.values()) for (const schedule of bus.schedules.values()) schedule.abort();
  }

  #route(address: BusAddress, event: DeliveredEvent, hops: number): void {
    for (const rule of this.find(address).rules.values()) {
      if (rule.State !== 'ENABLED' || !rule.matches(event)) continue;
      for (const target of rule.targets)
        this.#carry({ event, target }, () => void this.#deliver(address, rule, target, event, hops));
    }
  }

  async #deliver(address: BusAddress, rule: Rule, target: Target, event: DeliveredEvent, hops: number): Promise<void> {
    const arn = ruleArn(address, rule.Name);
    const ingested = new Date(this.#clock.now()).toISOString();
    const payload = targetInput(target, event, {
      'aws.events.rule-arn': arn,
      'aws.events.rule-name': rule.Name,
      'aws.events.event.ingestion-time': ingested,
      'aws.events.event.json': event,
      'aws.events.event': { ...event, detail: undefined },
    });
    try {
      const service = target.Arn.split(':')[2] ?? '';
      if (service === 'events') this.#forward(address, target, event, hops + 1);
      else await this.#deliveries[service]?.(target.Arn, payload, { arn });
    } catch (error) {
      this.#undelivered(target, arn, payload, error);
    }
  }

  // A forwarded event keeps its account, region, source and id; only the bus is another one.
  #forward(from: BusAddress, { Arn: arn, RoleArn }: Target, event: DeliveredEvent, hops: number): void {
    const foreign = readBusArn(arn).accountId !== from.accountId;
    if (foreign && !this.#admits(String(RoleArn), arn, event))
      throw new AwsError('AccessDeniedException', `The policy of ${arn} does not let ${RoleArn} put this event there.`);
    if (hops > mostHops)
      throw new Error(`The event went through ${mostHops} buses already: do rules forward in a circle?`);
    this.#route(readBusArn(arn), event, hops);
  }

  #tick(address: BusAddress, rule: Rule): void {
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: address.accountId,
      time: timeText(this.#clock.now()),
      region: address.region,
      resources: [ruleArn(address, rule.Name)],
      detail: {},
    };
    for (const target of rule.targets) void this.#deliver(address, rule, target, event, 0);
  }
}

export const busArn = ({ accountId, region, name }: BusAddress) =>
  `arn:aws:events:${region}:${accountId}:event-bus/${name}`;

export const ruleArn = ({ accountId, region, name }: BusAddress, rule: string) =>
  `arn:aws:events:${region}:${accountId}:rule/${name === 'default' ? '' : `${name}/`}${rule}`;

/** The bus that an ARN names; throws ValidationException when it names none. */
export function readBusArn(arn: string): BusAddress {
  const match = /^arn:aws[a-z-]*:events:([a-z0-9-]+):(\d{12}):event-bus\/([/.\-_A-Za-z0-9]+)$/.exec(arn);
  if (!match) throw new AwsError('ValidationException', `Not the ARN of an event bus: ${arn}`);
  return { region: match[1] ?? '', accountId: match[2] ?? '', name: match[3] ?? '' };
}

const timeText = (time: number) => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
const key = ({ accountId, region, name }: BusAddress) => `${accountId} ${region} ${name}`;
