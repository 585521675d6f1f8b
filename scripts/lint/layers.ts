import { relative, sep } from 'node:path';
import { judgeImport } from './arrows.ts';

/** The few parts of the syntax tree that this rule reads. */
interface Importing {
  readonly source?: { readonly value?: unknown } | null;
  readonly importKind?: string;
  readonly exportKind?: string;
}

interface Constructing {
  readonly callee: { readonly name?: string };
  readonly arguments: readonly { readonly type: string; readonly value?: unknown }[];
}

interface RuleContext {
  readonly filename: string;
  readonly cwd: string;
  report(problem: { message: string; node: object }): void;
}

/**
 * Imports follow the arrows of the design: `import`, `export … from`, `import()` and
 * `new URL('./worker.ts', import.meta.url)` alike.
 */
const arrows = {
  create(context: RuleContext) {
    const file = relative(context.cwd, context.filename).split(sep).join('/');

    const judge = (node: object, specifier: unknown, typeOnly: boolean): void => {
      if (typeof specifier !== 'string') return;
      const message = judgeImport(file, specifier, typeOnly);
      if (message !== undefined) context.report({ message, node });
    };
    const judgeDeclaration = (node: Importing): void => {
      judge(node, node.source?.value, node.importKind === 'type' || node.exportKind === 'type');
    };

    return {
      ImportDeclaration: judgeDeclaration,
      ExportNamedDeclaration: judgeDeclaration,
      ExportAllDeclaration: judgeDeclaration,
      ImportExpression: judgeDeclaration,
      NewExpression(node: Constructing) {
        const [address, base] = node.arguments;
        if (node.callee.name !== 'URL' || address?.type !== 'Literal' || base?.type !== 'MemberExpression')
          return;
        // Only code has layers: an address of an asset is nobody's import.
        if (typeof address.value === 'string' && /\.tsx?$/.test(address.value))
          judge(node, address.value, false);
      },
    };
  },
};

export default { meta: { name: 'layers' }, rules: { arrows } };
