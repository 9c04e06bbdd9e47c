// A queue on disk: messages wait, are hidden while a receiver works on them, and come back unless they are deleted.
import { createHash, randomUUID } from 'node:crypto';
import { readJson, writeJson } from '../state/json-file.ts';

export type Message = {
  id: string;
  body: string;
  attributes: Record<string, MessageAttribute>;
  sent: number;
  receiveCount: number;
  firstReceived?: number;
  /** Not handed out before this time (milliseconds since the epoch). */
  hiddenUntil: number;
  receipt?: string;
};

export type MessageAttribute = { DataType: string; StringValue?: string; BinaryValue?: string };

export class Queue {
  readonly name: string;
  readonly #file: string;
  #messages: Message[];

  constructor(name: string, file: string) {
    this.name = name;
    this.#file = file;
    this.#messages = readJson<Message[]>(file, []);
    this.#save();
  }

  send(body: string, attributes: Message['attributes'], now: number, delaySeconds = 0): Message {
    const hiddenUntil = now + delaySeconds * 1000;
    const message: Message = { id: randomUUID(), body, attributes, sent: now, receiveCount: 0, hiddenUntil };
    this.#messages.push(message);
    this.#save();
    return message;
  }

  receive(most: number, visibilitySeconds: number, now: number): Message[] {
    const received = this.#messages.filter((message) => message.hiddenUntil <= now).slice(0, most);
    for (const message of received) {
      message.receiveCount += 1;
      message.firstReceived ??= now;
      message.hiddenUntil = now + visibilitySeconds * 1000;
      message.receipt = randomUUID();
    }
    if (received.length > 0) this.#save();
    return received;
  }

  delete(receipt: string): void {
    this.#messages = this.#messages.filter((message) => message.receipt !== receipt);
    this.#save();
  }

  purge(): void {
    this.#messages = [];
    this.#save();
  }

  counts(now: number): { visible: number; hidden: number } {
    const visible = this.#messages.filter((message) => message.hiddenUntil <= now).length;
    return { visible, hidden: this.#messages.length - visible };
  }

  #save(): void {
    writeJson(this.#file, this.#messages);
  }
}

export const md5 = (text: string) => createHash('md5').update(text).digest('hex');
