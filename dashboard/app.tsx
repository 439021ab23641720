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
        children: [{ index: true, lazy: async () => ({ Component: (await import('./pages/experiment/overview.tsx')).Overview }) }],
      },
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
