// The session as a whole: what it receives and gives, now and over the day, what it has given for what it got, room and peers; and
// how peers reach it.

import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api.ts';
import { formatAgo, formatBytes, formatCount, formatDate, formatRate, formatRatio } from '../figures.ts';
import { fillRates, type RateSeries, sessionRates } from '../rate-history.ts';
import { session } from '../state.ts';
import { FILTER_STATES, STATES } from '../words.ts';
import { DialogFrame } from './dialog-frame.tsx';
import { Fact } from './fact.tsx';
import { RatePlot, type RateSpan } from './rate-plot.tsx';
import { ReachPanel } from './reach.tsx';

export function SessionDialog() {
  const [span, setSpan] = useState<RateSpan>('minutes');
  const [day, setDay] = useState<RateSeries>({ times: [], down: [], up: [] });
  useEffect(() => {
    if (span !== 'day') return;
    ask('session.rates', { span }).then(
      answer => {
        const series: RateSeries = { times: [], down: [], up: [] };
        fillRates(series, answer, Date.now());
        setDay(series);
      },
      () => {
        // The page says already that nothing answers.
      },
    );
  }, [span]);
  const facts = session.value;
  if (facts === undefined) return null;
  const { uploaded, downloaded, limits, alternative } = facts;
  const rates = alternative.isOn ? alternative : limits;
  const now = Date.now();
  return (
    <DialogFrame title="Session">
      <div class="spans" role="group" aria-label="Time that is shown">
        {SPANS.map(([name, text]) => (
          <button
            key={name}
            type="button"
            class="small"
            aria-pressed={span === name}
            onClick={() => setSpan(name)}
          >
            {text}
          </button>
        ))}
      </div>
      <RatePlot
        key={span}
        series={span === 'day' ? day : sessionRates}
        span={span}
        downLimit={rates.downloadBytesPerSecond}
        upLimit={rates.uploadBytesPerSecond}
        label="Rates of the session"
      />
      <dl class="table-list">
        <Fact name="Now">
          <span class="received">↓</span> {formatRate(facts.downRate)} <span class="given">↑</span>{' '}
          {formatRate(facts.upRate)}
        </Fact>
        <Fact name="In all">
          {formatBytes(downloaded)} received, {formatBytes(uploaded)} given, ratio{' '}
          {formatRatio(downloaded === 0 ? null : uploaded / downloaded)}
        </Fact>
        <Fact name="Peers">
          {formatCount(facts.connections)} connected
          {limits.maxConnections !== null && `, ${formatCount(limits.maxConnections)} at most`}
        </Fact>
        <Fact name="Torrents">
          {formatCount(facts.torrents)}
          {FILTER_STATES.filter(state => (facts.states[state] ?? 0) > 0)
            .map(state => `, ${formatCount(facts.states[state]!)} ${STATES[state].text.toLowerCase()}`)
            .join('')}
        </Fact>
        <Fact name="Disk">
          {formatBytes(facts.freeSpace)} free for <span class="path">{facts.downloadDir}</span>
        </Fact>
        <Fact name="Started">
          <time title={formatDate(facts.startedAt)}>{formatAgo(facts.startedAt, now)}</time>, Swarmline{' '}
          {facts.version}
        </Fact>
      </dl>
      <ReachPanel reach={facts.reach} now={now} />
    </DialogFrame>
  );
}

const SPANS = [
  ['minutes', '5 minutes'],
  ['day', '24 hours'],
] as const;
