// The charts for pages to use: each comes with the library when it is first
// drawn, and its room is held until then.

import { lazy } from '../ui/lazy';
import { Skeleton } from '../ui/panel';
import type { LinesProps } from './lines';
import type { ScatterProps } from './scatter';
import type { TimeChartProps } from './series';
import type { TokenChartProps } from './tokens';

const held = ({ height }: { height: number }) => <Skeleton height={height} />;

const bars = () => import('./bars');

// Begun with the code of the page that draws, so that the library comes beside
// the numbers and not behind them.  What fails is told where it is drawn.
bars().catch(() => {});

/** Stacked bars over time. */
export const BarChart = lazy<TimeChartProps>(
  async () => (await bars()).Bars, held);

/** Lines over time. */
export const LineChart = lazy<LinesProps>(
  async () => (await import('./lines')).Lines, held);

/** Tokens in above, tokens out below. */
export const TokenChart = lazy<TokenChartProps>(
  async () => (await import('./tokens')).Tokens, held);

/** Two amounts of many things against each other. */
export const ScatterChart = lazy<ScatterProps>(
  async () => (await import('./scatter')).Scatter, held);
