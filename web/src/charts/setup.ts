// The parts of ECharts that are used, and no others: they are most of the
// dashboard's weight.  Kinds of charts beyond bars come with their own files.

import { BarChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ComposeOption, type EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { BarSeriesOption, LineSeriesOption, ScatterSeriesOption }
  from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption }
  from 'echarts/components';

use([BarChart, GridComponent, TooltipComponent, CanvasRenderer]);

export type ChartOption = ComposeOption<
  BarSeriesOption | LineSeriesOption | ScatterSeriesOption |
  GridComponentOption | TooltipComponentOption>;

export { init, type EChartsType };
