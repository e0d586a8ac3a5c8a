// The journeys of people through Tenantry: a real browser, the real server, a database of its own for each worker.

import { defineConfig } from '@playwright/test';

import { launchOptions } from './fixtures/browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: '{journeys,accessibility,hydration}/**/*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: true,
  workers: 2,
  // A test that passes the second time has found something.
  retries: 0,
  // A debug build on two shared cores: generous, and still an end.
  timeout: 60_000,
  // For what hangs between tests: each has its own limit, and a slow machine needs several times as long for all of them.
  globalTimeout: 3_600_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: launchOptions(),
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    locale: 'en-GB',
    timezoneId: 'UTC',
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
  },
});
