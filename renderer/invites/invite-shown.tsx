import { Check, Copy, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { NewInvite } from '../../shared/invites.ts';
import { Button } from '../parts/button.tsx';
import { date } from '../words/format.ts';
import { QrCode } from './qr-code.tsx';
import type { ContactTrust } from './trust-choice.tsx';

interface InviteShownProps {
  made: NewInvite;
  trust: ContactTrust;
  onAnother: () => void;
  onClose: () => void;
}

/** The text and its code, this once: only a hash of the secret is kept. */
export function InviteShown({ made, trust, onAnother, onClose }: InviteShownProps) {
  const { text, warnings, reachableFromOutside, invite } = made;
  const [copied, setCopied] = useState<'yes' | 'failed' | null>(null);
  return (
    <div className="flex flex-col gap-4">
      {warnings.length === 0 ? null : (
        <div
          role="alert"
          className={`rounded-md border px-3 py-2 ${
            reachableFromOutside ? 'border-strong-line' : 'border-bad bg-bad-ground'
          }`}
        >
          <ul className="flex flex-col gap-1">
            {warnings.map((warning) => (
              <li key={warning} className="flex items-start gap-2">
                <TriangleAlert
                  size={15}
                  aria-hidden
                  className={`mt-0.5 shrink-0 ${reachableFromOutside ? '' : 'text-bad'}`}
                />
                <span className="min-w-0 break-words">{warning}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="flex flex-col items-center gap-4 mid:flex-row mid:items-start">
        <div className="w-full max-w-72 shrink-0">
          <QrCode text={text} label="The invite as a QR code" />
        </div>
        <div className="flex w-full min-w-0 flex-1 flex-col gap-3">
          <code
            tabIndex={0}
            role="region"
            aria-label="The invite as text"
            className="max-h-40 overflow-y-auto rounded-md border border-line bg-sunken px-2.5 py-2 font-mono text-sm break-all select-all"
          >
            {text}
          </code>
          <Button
            className="self-start"
            onClick={() => {
              navigator.clipboard.writeText(text).then(
                () => setCopied('yes'),
                () => setCopied('failed'),
              );
            }}
          >
            {copied === 'yes' ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
            {copied === 'yes' ? 'Copied' : copied === 'failed' ? 'Could not copy' : 'Copy the text'}
          </Button>
          <p className="text-dim">
            It holds a secret and is shown this once. Give it to one person, by a way that nobody else reads.
          </p>
          <p className="numbers text-dim">
            It ends on {date(invite.expiresAt)}. Whoever uses it first becomes a {trust} contact.
          </p>
        </div>
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={onAnother}>Make another</Button>
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </div>
  );
}
