import { useMemo } from 'react';
import type { WayResult } from '../../shared/compare.ts';
import { Section } from '../parts/page.tsx';
import { date, plural, time } from '../words/format.ts';
import { milliseconds, wayWords } from '../words/ways.ts';
import { Axis } from './axis.tsx';
import { BehindIt } from './behind-it.tsx';
import { CursorPlot } from './cursor-plot.tsx';
import { pointAt, seriesModel, STOPS, timeOfStop, type SeriesModel } from './series-model.ts';

const HEIGHT = 40;
const TABLE_ROWS = 20;
const DAY_MS = 86_400_000;
/** A run as short as this is told by its seconds. */
const SHORT_MS = 120_000;

/** How long calls took over time: the median of a few at a time, one lane for each way, all over one scale. */
export function TimeSeries({ ways }: { ways: readonly WayResult[] }) {
  const model = useMemo(() => seriesModel(ways), [ways]);
  if (model === null) return null;
  const { lanes, scale, from, to } = model;
  const when = (at: number): string => moment(at, model);
  const valueAt = (points: SeriesModel['lanes'][number]['points'], at: number): string => {
    const point = pointAt(points, at);
    return point === null ? '–' : milliseconds(point.ms);
  };
  const rowsAt = (at: number) =>
    lanes.map(({ way, points }) => [wayWords[way].name, valueAt(points, at)] as const);
  return (
    <Section title="Over time">
      <p className="numbers -mt-1 text-sm text-dim">
        Medians, from {milliseconds(scale.from)} at the foot of a lane to {milliseconds(scale.to)} at its top.
      </p>
      <CursorPlot
        label={`Time series of ${plural(lanes.length, 'way')}, from ${when(from)} to ${when(to)}`}
        stops={STOPS}
        shareOf={(stop) => stop / (STOPS - 1)}
        stopAt={(share) => Math.round(share * (STOPS - 1))}
        detailOf={(stop) => {
          const at = timeOfStop(model, stop);
          return { title: when(at), rows: rowsAt(at) };
        }}
      >
        {lanes.map((lane) => (
          <LaneLine key={lane.way} lane={lane} model={model} />
        ))}
      </CursorPlot>
      <Axis
        ticks={[
          { share: 0, text: when(from) },
          { share: 1, text: when(to) },
        ]}
      />
      <BehindIt
        caption="Medians over time"
        head={['At', ...lanes.map(({ way }) => wayWords[way].name)]}
        rows={Array.from({ length: TABLE_ROWS }, (_, index) => {
          const at = from + ((to - from) * index) / (TABLE_ROWS - 1);
          return [when(at), ...rowsAt(at).map(([, value]) => value)];
        })}
      />
    </Section>
  );
}

/** As much of a moment as tells those of this plot apart. */
function moment(at: number, { from, to }: SeriesModel): string {
  if (to - from > DAY_MS) return date(at);
  return to - from > SHORT_MS ? time(at) : `after ${((at - from) / 1000).toFixed(1)} s`;
}

function LaneLine({ lane, model }: { lane: SeriesModel['lanes'][number]; model: SeriesModel }) {
  const { scale, from, to } = model;
  const y = (ms: number): number => HEIGHT - 1 - scale.share(ms) * (HEIGHT - 2);
  const points = lane.points.map(({ at, ms }) => {
    const x = to === from ? 0 : ((at - from) / (to - from)) * 100;
    return `${x.toFixed(2)},${y(ms).toFixed(2)}`;
  });
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
        <polyline
          points={points.join(' ')}
          fill="none"
          className="stroke-accent"
          strokeWidth="1.5"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
    </div>
  );
}
