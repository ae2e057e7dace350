import * as Radix from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import { Kbd } from "./Kbd";

export type Item = {
  title: string;
  run: () => void;
  icon?: IconName;
  /** Its key elsewhere, to be learned here. */
  keys?: string;
  /** Whether it is chosen, in a menu that chooses. */
  checked?: boolean;
  disabled?: boolean;
};

type Props = {
  /** The button that opens it; it is told so. */
  children: ReactNode;
  items: readonly Item[];
  label?: string;
  align?: "start" | "end";
  /** Whether it is open, where something else than its button opens it too. */
  open?: boolean;
  onOpen?: (open: boolean) => void;
};

/** A menu under its button. Not modal: modal, it would write a style element, which the page's policy forbids. */
export function Menu({ children, items, label, align = "start", open = false, onOpen }: Props) {
  return (
    <Radix.Root modal={false} {...(onOpen && { open, onOpenChange: onOpen })}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8} loop>
          {label && <Radix.Label className="quiet">{label}</Radix.Label>}
          {items.map(({ title, run, icon, keys, checked, disabled = false }) =>
            checked === undefined ? (
              <Radix.Item key={title} className="btn bare" disabled={disabled} onSelect={run}>
                {icon && <Icon name={icon} />}
                <span className="grow">{title}</span>
                {keys && <Kbd keys={keys} hint />}
              </Radix.Item>
            ) : (
              <Radix.CheckboxItem key={title} className="btn bare" checked={checked} disabled={disabled} onSelect={run}>
                <span className="mark">{checked && <Icon name="check" />}</span>
                <span className="grow">{title}</span>
                {keys && <Kbd keys={keys} hint />}
              </Radix.CheckboxItem>
            ),
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
