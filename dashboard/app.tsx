/** The addresses of the page and what stands at each. `api/routes/dashboard.ts` serves the page at the same ones. */
import { createBrowserRouter, RouterProvider } from 'react-router';
import { ApiProvider } from './data/api.tsx';
import { CrashPage } from './pages/crash.tsx';
import { ExperimentsPage } from './pages/experiments.tsx';
import { Frame } from './pages/frame.tsx';
import { LostPage } from './pages/lost.tsx';

const router = createBrowserRouter([
  {
    element: <Frame />,
    errorElement: <CrashPage />,
    HydrateFallback: () => null,
    children: [
      { path: '/', element: <ExperimentsPage /> },
      {
        path: '/experiments/:id',
        lazy: async () => ({ Component: (await import('./pages/experiment/page.tsx')).ExperimentPage }),
        children: [
          { index: true, lazy: async () => ({ Component: (await import('./pages/experiment/overview.tsx')).Overview }) },
          { path: 'curves', lazy: async () => ({ Component: (await import('./pages/experiment/curves.tsx')).CurvesView }) },
          { path: 'parameters', lazy: async () => ({ Component: (await import('./pages/experiment/parameters.tsx')).ParametersView }) },
          { path: 'trials', lazy: async () => ({ Component: (await import('./pages/experiment/trials.tsx')).TrialsView }) },
          { path: 'trials/:n', lazy: async () => ({ Component: (await import('./pages/experiment/trial.tsx')).TrialView }) },
          { path: 'rungs', lazy: async () => ({ Component: (await import('./pages/experiment/rungs.tsx')).RungsView }) },
          { path: 'timeline', lazy: async () => ({ Component: (await import('./pages/experiment/timeline.tsx')).TimelineView }) },
          { path: 'ablation', lazy: async () => ({ Component: (await import('./pages/experiment/ablation.tsx')).AblationView }) },
        ],
      },
      { path: '/compare', lazy: async () => ({ Component: (await import('./pages/compare.tsx')).ComparePage }) },
      { path: '/submit', lazy: async () => ({ Component: (await import('./pages/submit/page.tsx')).SubmitPage }) },
      { path: '/workers', lazy: async () => ({ Component: (await import('./pages/workers.tsx')).WorkersPage }) },
      { path: '*', element: <LostPage /> },
    ],
  },
]);

export function App() {
  return (
    <ApiProvider>
      <RouterProvider router={router} />
    </ApiProvider>
  );
}
