// Channels, and the messages to them (docs/alerts.md).

export interface Channel {
  name: string;
  kind: 'slack' | 'teams' | 'pagerduty' | 'webhook' | 'smtp';
  /** Why nothing can be sent there. */
  problem: string | null;
  /** The latest message to it. */
  last: Message | null;
}

export interface Channels {
  channels: Channel[];
}

export const CHANNELS_PATH = 'api/channels';

export interface Message {
  id: number;
  channel: string;
  title: string;
  state: 'waiting' | 'ready' | 'sending' | 'sent' | 'failed';
  put: string;
  changed: string;
  tries: number;
  /** When it is tried again, while it waits. */
  next?: string;
  /** Of the last try that failed. */
  error: string;
}

/** What POST /api/review/send answers. */
export interface Sent {
  queued: boolean;
  message: Message;
}

/** Whether nothing more will become of it. */
export function hasEnded({ state }: Message): boolean {
  return state === 'sent' || state === 'failed';
}
