// Asking toll, and telling what went wrong.

import { hear, isShared, shareToken } from './share';

/** What went wrong, in words that a reader can act on. */
export class ApiError extends Error {
  readonly hint: string;
  /** The status of the answer; 0 where there was none. */
  readonly status: number;

  constructor(message: string, hint: string, status = 0) {
    super(message);
    this.name = 'ApiError';
    this.hint = hint;
    this.status = status;
  }
}

/** Parameters of a route: what is null or undefined is left out, a list comes
 *  once a value. */
export type Query =
  Record<string, string | number | readonly string[] | null | undefined>;

/** `api/movers?by=feature`; relative, as toll may be served below a path. */
export function apiPath(route: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) {
      continue;
    }
    const all = Array.isArray(value) ? value : [String(value)];
    all.forEach((one: string) => params.append(name, one));
  }
  const text = params.toString();
  return text === '' ? `api/${route}` : `api/${route}?${text}`;
}

/** The answer of a route; throws an ApiError. */
export async function getJson<T>(path: string, signal: AbortSignal):
  Promise<T> {
  return await request(path, { signal }) as T;
}

/** The answer of a route that is no JSON; throws an ApiError. */
export async function getText(path: string, signal: AbortSignal):
  Promise<string> {
  const response = await fetchOrExplain(path, { signal });
  if (!response.ok) {
    throw errorFrom(response.status, await response.json().catch(() => null));
  }
  return response.text();
}

/** Sends JSON to a route: what a reader decided. */
export async function sendJson<T>(method: 'POST' | 'PUT' | 'DELETE',
  path: string, body?: unknown): Promise<T> {
  return body === undefined
    ? await request(path, { method }) as T
    : sendText<T>(method, path, JSON.stringify(body), 'application/json');
}

/** Sends text of another kind. */
export async function sendText<T>(method: 'POST' | 'PUT' | 'DELETE',
  path: string, body: string, type: string): Promise<T> {
  return await request(path,
    { method, body, headers: { 'content-type': type } }) as T;
}

const FILE_TYPES: Record<string, string> = {
  csv: 'text/csv',
  tsv: 'text/csv',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
};

/** Sends a file of records.  An answer that tells which of them were refused
 *  is an answer, also where it was all of them. */
export async function sendFile<T extends { rejected: unknown }>(path: string,
  file: File): Promise<T> {
  const ending = file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase();
  const response = await fetchOrExplain(path, {
    method: 'POST',
    body: file,
    headers: { 'content-type': FILE_TYPES[ending] ?? 'application/json' },
  });
  const body = await jsonOf(response);
  if (!response.ok && !Array.isArray((body as Partial<T> | null)?.rejected)) {
    throw errorFrom(response.status, body);
  }
  return body as T;
}

async function request(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetchOrExplain(path, init);
  const body = await jsonOf(response, init.signal);
  if (!response.ok) {
    throw errorFrom(response.status, body);
  }
  return body;
}

async function jsonOf(response: Response, signal?: AbortSignal | null):
  Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    if (signal?.aborted) {
      throw cause;
    }
    throw new ApiError(
      `toll answered ${response.status} with something other than JSON.`,
      'Is there a proxy in front of it that answers in its place?',
      response.status);
  }
}

async function fetchOrExplain(path: string, init: RequestInit):
  Promise<Response> {
  const token = shareToken();
  if (token !== null && !isShared(path)) {
    throw new ApiError('This is not part of what was shared.',
      'Ask who sent the link for one that has it.', 403);
  }
  hear(path);
  try {
    return await fetch(path, {
      ...init,
      headers: {
        accept: 'application/json',
        ...token === null ? {} : { 'x-toll-share': token },
        ...init.headers,
      },
    });
  } catch (cause) {
    if (init.signal?.aborted) {
      throw cause;
    }
    throw new ApiError(`No answer from ${location.host}.`,
      'Check that `toll serve` is running and that this machine reaches it.');
  }
}

function errorFrom(status: number, body: unknown): ApiError {
  const error = (body as { error?: { message?: unknown; hint?: unknown } })
    ?.error;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return new ApiError(
    text(error?.message) || `toll answered with status ${status}.`,
    text(error?.hint), status);
}

export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) {
    return cause;
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  return new ApiError(`The page could not read the answer: ${text}`,
    'Reload the page; if it stays, this is a mistake in toll.');
}
