/** Small charts of thirty points: bars of spans and failures, or a line of latency. */

const barPx = 3;
const heightPx = 16;

export function TrafficSpark({
  counts,
  errors,
}: {
  readonly counts: readonly number[];
  readonly errors: readonly number[];
}) {
  const most = Math.max(1, ...counts);
  return (
    <svg class="spark" width={counts.length * (barPx + 1)} height={heightPx} aria-hidden="true">
      {counts.map((count, index) => {
        if (count === 0) return null;
        const height = Math.max(1.5, (count / most) * heightPx);
        const failed = ((errors[index] ?? 0) / count) * height;
        const x = index * (barPx + 1);
        return (
          <g key={index}>
            <rect class="spark-count" x={x} y={heightPx - height} width={barPx} height={height} />
            {failed > 0 && (
              <rect
                class="spark-error"
                x={x}
                y={heightPx - Math.max(1.5, failed)}
                width={barPx}
                height={Math.max(1.5, failed)}
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}

export function LatencySpark({
  valuesMs,
  counts,
}: {
  readonly valuesMs: readonly number[];
  readonly counts: readonly number[];
}) {
  const most = Math.max(...valuesMs, 0);
  if (most === 0) return null;
  const points = valuesMs.flatMap((value, index) =>
    (counts[index] ?? 0) === 0
      ? []
      : [{ x: index * (barPx + 1) + barPx / 2, y: heightPx - 1 - (value / most) * (heightPx - 3) }],
  );
  const [first] = points;
  return (
    <svg class="spark" width={valuesMs.length * (barPx + 1)} height={heightPx} aria-hidden="true">
      {points.length === 1 && first !== undefined ? (
        <circle class="spark-dot" cx={first.x} cy={first.y} r="1.5" />
      ) : (
        <polyline class="spark-line" points={points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')} />
      )}
    </svg>
  );
}
