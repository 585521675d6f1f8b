import { useState } from 'react';
import { Settings } from '../../shared/settings.ts';
import { Button } from '../parts/button.tsx';
import { Field, Input } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { hinted } from './controls.tsx';
import { useLock, type Save } from './setting.ts';

type Tls = Settings['webSocketTls'];
const filesOf = (tls: Tls): { certificate: string; key: string } => tls ?? { certificate: '', key: '' };

/** Two files that go together: both, or none. Saved when told to, since one alone means nothing. */
export function TlsSetting({ value, save }: { value: Tls; save: Save }) {
  const lock = useLock('webSocketTls');
  const [draft, setDraft] = useState<{ certificate: string; key: string } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const files = draft ?? filesOf(value);
  const changed =
    draft !== null && (draft.certificate !== filesOf(value).certificate || draft.key !== filesOf(value).key);
  const set = (patch: Partial<typeof files>) => setDraft({ ...files, ...patch });

  const commit = () => {
    const certificate = files.certificate.trim();
    const key = files.key.trim();
    if ((certificate === '') !== (key === '')) {
      setError('Give both files, or none.');
      return;
    }
    const webSocketTls = certificate === '' ? null : { certificate, key };
    const parsed = Settings.shape.webSocketTls.safeParse(webSocketTls);
    if (!parsed.success) {
      setError(parsed.error.issues[0]?.message ?? 'Not accepted.');
      return;
    }
    void save({ webSocketTls: parsed.data }).then((problem) => {
      setError(problem);
      if (problem === null) setDraft(null);
    });
  };

  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        commit();
      }}
    >
      <Field
        label="WebSocket: certificate file"
        hint={hinted(
          'In PEM, on the host’s machine. With it and its key it listens as wss:// and not as ws://.',
          lock.by,
        )}
      >
        {(control) => (
          <Input
            {...control}
            className="font-mono text-sm"
            value={files.certificate}
            maxLength={1000}
            disabled={lock.disabled}
            placeholder="none"
            onChange={(event) => set({ certificate: event.target.value })}
          />
        )}
      </Field>
      <Field label="WebSocket: key file">
        {(control) => (
          <Input
            {...control}
            className="font-mono text-sm"
            value={files.key}
            maxLength={1000}
            disabled={lock.disabled}
            placeholder="none"
            onChange={(event) => set({ key: event.target.value })}
          />
        )}
      </Field>
      <Problem text={error} />
      {changed ? (
        <Button type="submit" className="self-start">
          Save the files
        </Button>
      ) : null}
    </form>
  );
}
