import { useMemo } from 'react';
import type { WayResult } from '../../shared/compare.ts';
import { Section } from '../parts/page.tsx';
import { plural, whole } from '../words/format.ts';
import { milliseconds, wayWords } from '../words/ways.ts';
import { Axis } from './axis.tsx';
import { BehindIt } from './behind-it.tsx';
import { CursorPlot } from './cursor-plot.tsx';
import { binAt, histogramModel, type HistogramModel, type Lane } from './histogram-model.ts';

const HEIGHT = 30;

/** How long calls took, one lane for each way, all over one scale and of one height. */
export function Histogram({ ways }: { ways: readonly WayResult[] }) {
  const model = useMemo(() => histogramModel(ways), [ways]);
  if (model === null) return null;
  const { lanes, scale, spans } = model;
  const spanWords = (index: number): string => {
    const { fromMs, toMs } = spans[index] ?? { fromMs: 0, toMs: 0 };
    return `${milliseconds(fromMs)} to ${milliseconds(toMs)}`;
  };
  return (
    <Section title="How long calls took">
      <p className="-mt-1 text-sm text-dim">The share of calls. Lines: p50, and p99 dashed.</p>
      <CursorPlot
        label={`Histogram of ${plural(lanes.length, 'way')}, from ${milliseconds(scale.from)} to ${milliseconds(scale.to)}`}
        stops={spans.length}
        shareOf={(index) => {
          const { fromMs, toMs } = spans[index] ?? { fromMs: scale.from, toMs: scale.to };
          return (scale.share(fromMs) + scale.share(toMs)) / 2;
        }}
        stopAt={(share) => {
          const found = spans.findIndex(({ toMs }) => scale.share(toMs) >= share);
          return found < 0 ? spans.length - 1 : found;
        }}
        detailOf={(index) => ({
          title: spanWords(index),
          rows: lanes.map((lane) => [wayWords[lane.way].name, countAt(model, lane, index)]),
        })}
      >
        {lanes.map((lane) => (
          <LaneBars key={lane.way} lane={lane} model={model} />
        ))}
      </CursorPlot>
      <Axis
        ticks={scale.ticks.map((ms) => ({
          share: scale.share(ms),
          text: milliseconds(ms).replace(/\.0+ /, ' '),
        }))}
      />
      <BehindIt
        caption="Calls by how long they took"
        head={['Time', ...lanes.map(({ way }) => wayWords[way].name)]}
        rows={spans.map((_, index) => [
          spanWords(index),
          ...lanes.map((lane) => countAt(model, lane, index)),
        ])}
      />
    </Section>
  );
}

function countAt({ spans }: HistogramModel, lane: Lane, index: number): string {
  const span = spans[index];
  const bin = span === undefined ? null : binAt(lane, span);
  return bin === null ? '0' : whole(bin.count);
}

function LaneBars({ lane, model: { scale, top } }: { lane: Lane; model: HistogramModel }) {
  return (
    <div className="pt-1">
      <p className="text-sm text-dim">{wayWords[lane.way].name}</p>
      <svg
        viewBox={`0 0 100 ${HEIGHT.toString()}`}
        preserveAspectRatio="none"
        width="100%"
        height={HEIGHT}
        aria-hidden
        className="block border-b border-strong-line"
      >
        {lane.bins.map(({ fromMs, toMs, share }) => {
          if (share === 0) return null;
          const x = scale.share(fromMs) * 100;
          const height = Math.max(1.5, (share / top) * (HEIGHT - 2));
          return (
            <rect
              key={toMs}
              x={x}
              y={HEIGHT - height}
              width={Math.max(0.2, scale.share(toMs) * 100 - x - 0.25)}
              height={height}
              className="fill-accent"
            />
          );
        })}
        <Mark ms={lane.p50} share={scale.share} />
        <Mark ms={lane.p99} share={scale.share} dashed />
      </svg>
    </div>
  );
}

function Mark({
  ms,
  share,
  dashed = false,
}: {
  ms: number | null;
  share: (ms: number) => number;
  dashed?: boolean;
}) {
  if (ms === null) return null;
  const x = share(ms) * 100;
  return (
    <line
      x1={x}
      x2={x}
      y1="0"
      y2={HEIGHT}
      className="stroke-text"
      strokeWidth="1.5"
      strokeDasharray={dashed ? '3 3' : ''}
      vectorEffect="non-scaling-stroke"
    />
  );
}
