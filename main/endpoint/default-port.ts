/** Where the interface is found unless the person says otherwise. */
export const DEFAULT_PORT = 4280;
