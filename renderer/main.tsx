import './without-eval.ts';
import './look/look.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { connect } from './connection/index.ts';
import { createHostSession } from './state/session.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element with the id "root".');

const session = createHostSession({ connect });
session.start();

createRoot(root).render(
  <StrictMode>
    <App session={session} />
  </StrictMode>,
);
