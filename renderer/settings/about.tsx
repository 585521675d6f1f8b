import { Copyable } from '../parts/copy.tsx';
import { Fact, Facts, Section } from '../parts/page.tsx';
import { useLive } from '../state/hooks.ts';
import { date } from '../words/format.ts';

const keyWords = {
  file: 'in a file only you can read',
  os: 'encrypted by the operating system',
  plain: 'in a file, because the operating system offered no real encryption',
} as const;

export function About() {
  const host = useLive((live) => live.host);
  return (
    <div className="max-w-140 pt-8">
      <Section title="About">
        <Facts>
          <Fact name="Version">Gatehouse {host.version}</Fact>
          <Fact name="Started">{date(host.startedAt)}</Fact>
          <Fact name="Data">
            <Copyable text={host.dataDir} what="data folder" />
          </Fact>
          <Fact name="Key">Kept {keyWords[host.keyKeptBy]}.</Fact>
        </Facts>
      </Section>
    </div>
  );
}
