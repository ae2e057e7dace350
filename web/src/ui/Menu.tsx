import * as Radix from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import { Kbd } from "./Kbd";

type Doing = {
  title: string;
  run: () => void;
  icon?: IconName;
  /** Its key elsewhere, to be learned here. */
  keys?: string;
  /** Whether it is chosen, in a menu that chooses. */
  checked?: boolean;
  /** Chosen beside others: the menu stays open. */
  stays?: boolean;
  disabled?: boolean;
};

/** A line that opens another menu beside it. */
type Parent = { title: string; items: readonly Item[] };

export type Item = Doing | Parent;

type Props = {
  /** The button that opens it; it is told so. */
  children: ReactNode;
  items: readonly Item[];
  label?: string;
  align?: "start" | "end";
  /** Where something else opens it, too. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
};

/**
 * A menu under its button, in the landmark that its button is in. Not modal: modal, it would write a style element,
 * which the page's policy forbids.
 */
export function Menu({ children, items, label, align = "start", ...opened }: Props) {
  return (
    <Radix.Root modal={false} {...opened}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8} loop>
        {label && <Radix.Label className="quiet">{label}</Radix.Label>}
        <Lines items={items} />
      </Radix.Content>
    </Radix.Root>
  );
}

function Lines({ items }: { items: readonly Item[] }) {
  return items.map((item) =>
    "items" in item ? <Further key={item.title} {...item} /> : <Line key={item.title} {...item} />,
  );
}

function Line({ title, run, icon, keys, checked, stays = false, disabled = false }: Doing) {
  const select = (event: Event) => {
    if (stays) event.preventDefault();
    run();
  };
  const inside = (
    <>
      <span className="grow">{title}</span>
      {keys && <Kbd keys={keys} hint />}
    </>
  );
  if (checked === undefined)
    return (
      <Radix.Item className="btn bare" disabled={disabled} onSelect={select}>
        {icon && <Icon name={icon} />}
        {inside}
      </Radix.Item>
    );
  return (
    <Radix.CheckboxItem className="btn bare" checked={checked} disabled={disabled} onSelect={select}>
      <span className="mark">{checked && <Icon name="check" />}</span>
      {inside}
    </Radix.CheckboxItem>
  );
}

function Further({ title, items }: Parent) {
  return (
    <Radix.Sub>
      <Radix.SubTrigger className="btn bare">
        <span className="grow">{title}</span>
        <Icon name="right" />
      </Radix.SubTrigger>
      <Radix.SubContent className="menu" sideOffset={6} collisionPadding={8} loop>
        <Lines items={items} />
      </Radix.SubContent>
    </Radix.Sub>
  );
}
