/** How the page is built: into `dist/`, which the API serves. `npx vite dashboard` shows it while it is worked on, beside a running API. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompressed } from './precompressed.ts';

const api = process.env.MAGGY_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), precompressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A chart library is what it is; it is loaded when the first plot is.
    chunkSizeWarningLimit: 800,
    // An image in a style sheet would need a policy that allows `data:`.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/v1': { target: api, changeOrigin: true } } },
});
