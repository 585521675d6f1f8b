export const ComparePage = ({ rest }: { rest: readonly string[] }) => <h1>Compare{rest}</h1>;
