interface SelectBoxProps {
  checked: boolean;
  disabled: boolean;
  titleId: string;
  onChange: (checked: boolean) => void;
}

/** Picks a card for a batch. Named by the card's heading. */
export const SelectBox = ({ checked, disabled, titleId, onChange }: SelectBoxProps) => (
  <input
    type="checkbox"
    aria-label="Select for a batch"
    aria-describedby={titleId}
    checked={checked}
    disabled={disabled}
    onChange={(event) => onChange(event.target.checked)}
    className="mt-1 size-4 shrink-0 accent-(--accent) disabled:invisible"
  />
);
