// A line so small that it stands in a table: the shape of what went before.
// Its numbers are on the page that the row opens.

const WIDTH = 96;
const HEIGHT = 24;

export function Spark({ values }: { values: number[] }) {
  const max = Math.max(...values, 0);
  if (max === 0 || values.length < 2) {
    return <span class="spark" />;
  }
  const step = WIDTH / (values.length - 1);
  const y = (value: number) => HEIGHT - 1.5 - (value / max) * (HEIGHT - 4);
  const line = values.map((value, i) =>
    `${(i * step).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      <polygon points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} />
      <polyline points={line} />
    </svg>
  );
}
