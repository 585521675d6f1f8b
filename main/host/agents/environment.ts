const POSIX = /^(?:PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR|USER|SHELL)$/;
const WINDOWS = new Set(
  (
    'PATH PATHEXT COMSPEC SYSTEMROOT SYSTEMDRIVE WINDIR TEMP TMP USERPROFILE USERNAME HOMEDRIVE HOMEPATH APPDATA ' +
    'LOCALAPPDATA PROGRAMDATA PROGRAMFILES PROGRAMFILES(X86) PROGRAMW6432 PROCESSOR_ARCHITECTURE ' +
    'NUMBER_OF_PROCESSORS LANG TZ'
  ).split(' '),
);

/**
 * What an agent inherits: only what programs need to find their files, so that no secret of the host's own
 * environment reaches an agent by accident. Exported shell functions are left out.
 */
export function inheritedEnvironment(
  from: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined || value.startsWith('()')) continue;
    if (platform === 'win32' ? WINDOWS.has(name.toUpperCase()) : POSIX.test(name)) kept[name] = value;
  }
  return kept;
}
