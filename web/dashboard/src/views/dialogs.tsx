// The one dialog that is open: the browser's own, which keeps the focus within and closes by Escape.

import { dialog } from '../state.ts';
import { AddDialog } from './add-dialog.tsx';
import { CreateDialog } from './create-dialog.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { LabelsDialog } from './labels-dialog.tsx';
import { LimitsDialog } from './limits-dialog.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { RemoveDialog } from './remove-dialog.tsx';
import { SessionDialog } from './session-dialog.tsx';
import { SettingsDialog } from './settings-dialog.tsx';

export function Dialogs() {
  const shown = dialog.value;
  switch (shown?.name) {
    case undefined:
      return null;
    case 'add':
      return <AddDialog files={shown.files} text={shown.text} />;
    case 'create':
      return <CreateDialog />;
    case 'remove':
      return <RemoveDialog ids={shown.ids} />;
    case 'labels':
      return <LabelsDialog ids={shown.ids} />;
    case 'limits':
      return <LimitsDialog ids={shown.ids} />;
    case 'move':
      return <MoveDialog row={shown.row} />;
    case 'settings':
      return <SettingsDialog />;
    case 'session':
      return <SessionDialog />;
    case 'help':
      return <HelpDialog />;
    default:
      return shown satisfies never;
  }
}
