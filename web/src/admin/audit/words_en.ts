import type { AuditWords } from './words_vi';

export const en: AuditWords = {
  title: 'Audit',
  tabs: { audit: 'Security log', looks: 'Looks at persons', seals: 'Seals' },
  tabsLabel: 'What to audit',
  filters: 'Filters',
  event: 'Event', actor: 'Who', subject: 'To what', from: 'From', to: 'Until',
  viewer: 'Who looked', complaint: 'Tracking code',
  any: 'Any',
  show: 'Show',
  time: 'When', detail: 'Detail', role: 'Role', purpose: 'Purpose', note: 'Note', number: 'Number',
  none: 'There are no rows.',
  more: 'More',
  newest: 'Newest first',
  sealsHint: 'A line a day: day, rows of history, rows of the log, hash. Keep or publish them elsewhere; “hotline verify --seals FILE” compares.',
  download: 'Download',
  events: {
    'geo.upload': 'Map file uploaded', 'boundaries.make': 'Boundaries drafted', 'boundaries.publish': 'Boundaries published', 'boundaries.take_back': 'Boundaries taken back',
    'boundaries.discard': 'Draft of boundaries thrown away', 'layer.load': 'Layer loaded', 'layer.edit': 'Layer edited', 'layer.withdraw': 'Layer withdrawn', 'layer.restore': 'Layer brought back',
    'population.set': 'Residents set', 'duplicates.set': 'Settings of duplicates changed',
    'session.opened': 'Logged in', 'session.ended': 'Logged out', 'login.failed': 'Wrong log-in',
    'account.created': 'Account made', 'account.changed': 'Account changed', 'key.created': 'API key made',
    'key.changed': 'API key changed', 'key.revoked': 'API key revoked', 'rules.published': 'Rules published',
    'setting.changed': 'Setting changed', 'reporter.looked': 'Looked at a person', 'personal.erased': 'Personal data erased',
    'history.redacted': 'Words of history taken out',
  },
  roles: {
    operator: 'Operator', supervisor: 'Supervisor', agency_staff: 'Agency staff', agency_head: 'Agency head',
    leader: 'City leader', administrator: 'Administrator', auditor: 'Auditor',
  },
};
