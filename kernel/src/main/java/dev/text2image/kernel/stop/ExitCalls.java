package dev.text2image.kernel.stop;

import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Replaces the calls in a method that would end the process, and references to such methods, by those of {@link Exits}. */
final class ExitCalls extends MethodVisitor {
    private static final String EXITS = "dev/text2image/kernel/stop/Exits";
    private static final String OF_SYSTEM = "(I)V";
    private static final String OF_RUNTIME = "(Ljava/lang/Runtime;I)V";

    ExitCalls(MethodVisitor next) {
        super(Opcodes.ASM9, next);
    }

    private static boolean isOfSystem(String owner, String name) {
        return owner.equals("java/lang/System") && name.equals("exit");
    }

    private static boolean isOfRuntime(String owner, String name) {
        return owner.equals("java/lang/Runtime") && (name.equals("exit") || name.equals("halt"));
    }

    @Override
    public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
        if (isOfSystem(owner, name)) {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, EXITS, "exit", OF_SYSTEM, false);
        } else if (isOfRuntime(owner, name)) {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, EXITS, "exit", OF_RUNTIME, false);
        } else {
            super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
        }
    }

    @Override
    public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
        Object[] changed = arguments.clone();
        for (int i = 0; i < changed.length; i++) {
            if (changed[i] instanceof Handle handle) {
                changed[i] = replacement(handle);
            }
        }
        super.visitInvokeDynamicInsn(name, descriptor, bootstrap, changed);
    }

    private static Handle replacement(Handle handle) {
        if (isOfSystem(handle.getOwner(), handle.getName())) {
            return new Handle(Opcodes.H_INVOKESTATIC, EXITS, "exit", OF_SYSTEM, false);
        }
        return isOfRuntime(handle.getOwner(), handle.getName())
                ? new Handle(Opcodes.H_INVOKESTATIC, EXITS, "exit", OF_RUNTIME, false)
                : handle;
    }
}
