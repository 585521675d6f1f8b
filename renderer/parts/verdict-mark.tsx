import {
  CirclePause,
  CircleQuestionMark,
  FoldHorizontal,
  Globe,
  House,
  RadioTower,
  Router,
  Unplug,
  WifiOff,
  type LucideIcon,
} from 'lucide-react';
import { standingWords, type Standing } from '../words/reachability.ts';
import { toneText } from './marks.tsx';

const icons: Record<Standing, LucideIcon> = {
  unknown: CircleQuestionMark,
  open: Globe,
  mapped: Router,
  punchable: FoldHorizontal,
  'relay-only': RadioTower,
  'lan-only': House,
  offline: WifiOff,
  stopped: CirclePause,
  silent: Unplug,
};

/** How this machine can be reached, as a shape of its own. The words stand beside it. */
export function VerdictMark({ standing, size = 15 }: { standing: Standing; size?: number }) {
  const Icon = icons[standing];
  return (
    <Icon
      size={size}
      strokeWidth={size > 20 ? 1.6 : 1.9}
      aria-hidden
      className={`shrink-0 ${toneText[standingWords[standing].tone]}`}
    />
  );
}
