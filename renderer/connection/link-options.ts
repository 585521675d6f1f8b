import { ResponseValidationPlugin } from '@orpc/contract/plugins';
import { contract } from '../../shared/contract.ts';

/** Every answer of the host is parsed on this side too. */
export const validation = () => [new ResponseValidationPlugin(contract)];
