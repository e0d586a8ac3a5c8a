// Pictures of every page, for people to look at: `SHOTS_DIR=folder npx playwright test --config shots.config.ts`.

import { defineConfig } from '@playwright/test';

import journeys from './playwright.config.ts';

export default defineConfig(journeys, { testMatch: 'shots.ts' });
