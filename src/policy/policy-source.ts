export * from '../text/source-node.ts';
