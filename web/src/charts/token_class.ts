// The classes of tokens, in the order in which they are drawn and told.

export type TokenClass =
  'uncached' | 'cacheRead' | 'cacheWrite' | 'reply' | 'reasoning';

export const TOKEN_NAMES: Record<TokenClass, string> = {
  uncached: 'Uncached in',
  cacheRead: 'Cache reads',
  cacheWrite: 'Cache writes',
  reply: 'Replies',
  reasoning: 'Reasoning',
};

export const TOKEN_TONES: Record<TokenClass, number> = {
  uncached: 0,
  cacheRead: 2,
  cacheWrite: 4,
  reply: 1,
  reasoning: 3,
};

export const TOKENS_IN: TokenClass[] = ['uncached', 'cacheRead', 'cacheWrite'];
export const TOKENS_OUT: TokenClass[] = ['reply', 'reasoning'];
export const TOKEN_CLASSES = [...TOKENS_IN, ...TOKENS_OUT];
